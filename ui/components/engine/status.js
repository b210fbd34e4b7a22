// The line under the picture that says where it was decoded, and what is wrong where it was not.

import { ServerRefusal } from "./remote.js";

// status: what a Player announces.
export function showStatus({ status: line, bar }, { source }, { place, share, milliseconds, error }) {
  bar.hidden = place !== "loading";
  bar.value = share;
  const texts = {
    loading: `Bringing the decoder to your browser: ${Math.round(100 * share)} %. The server decodes until then.`,
    browser: "Decoded in your browser",
    server: source.weights
      ? "The decoder could not be loaded; the server decodes instead"
      : "This decoder cannot travel to the browser; the server decodes",
    failed: error instanceof ServerRefusal
      ? `The server cannot decode this: ${error.message}`
      : "The server does not answer: check the connection, then move the point again",
  };
  const time = milliseconds !== undefined && place !== "loading" ? `, ${milliseconds.toFixed(1)} ms` : "";
  line.textContent = texts[place] + (error ? "" : time);
  line.dataset.place = place;
}
