// Strengths of concepts, the codes that they make of a picture's, and how one speaks of them.

export const MOST = 3;

const ARROWS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const PAGES = { PageDown: -1, PageUp: 1 };
const STEP = 0.1;
// A hand this near the middle means the middle.
const NOTCH = 0.06;
// A strength is exactly what is said of it and sent.
const DIGITS = 100;

function placed(value) {
  return Math.round(DIGITS * Math.min(MOST, Math.max(-MOST, value))) / DIGITS + 0;
}

// The strengths of one slider, with the interface of a plane, so that the same gestures move on it.
export const strengthLine = {
  centre: [0],
  fromShares(left) {
    const value = placed((2 * left - 1) * MOST);
    return [Math.abs(value) < NOTCH ? 0 : value];
  },
  stepped([value], key, share) {
    if (key === "Home" || key === "Delete" || key === "Backspace") return [0];
    const steps = share > 0.05 ? 5 : 1;
    const step = ARROWS[key] ? STEP * steps * ARROWS[key] : PAGES[key];
    return step && [placed(value + step)];
  },
};

export function shareOf(strength) {
  return (strength + MOST) / (2 * MOST);
}

// The pictures' codes and the concepts' directions.
export class Mix {
  // bytes: float32 codes row by row, then directions; pictures and faders: how many of them.
  constructor(bytes, pictures, faders, latentDim) {
    const values = new Float32Array(bytes);
    if (values.length !== (pictures + faders) * latentDim) throw new Error(`a desk of ${values.length} numbers`);
    const row = (i) => values.subarray(i * latentDim, (i + 1) * latentDim);
    this.codes = Array.from({ length: pictures }, (_, i) => row(i));
    this.directions = Array.from({ length: faders }, (_, i) => row(pictures + i));
  }

  // The code of a picture with concepts at these strengths.
  code(picture, strengths) {
    const code = Array.from(this.codes[picture]);
    this.directions.forEach((direction, k) => {
      const strength = strengths[k];
      if (strength) for (let i = 0; i < code.length; i++) code[i] += strength * direction[i];
    });
    return code;
  }
}

// Without any strength a picture is as it was, wherever that is.
export function isBeyond([low, high], strength) {
  return strength !== 0 && (strength < low || strength > high);
}

// What a saved picture is called: after the model and the concepts, at their strengths.
export function savedName(model, concepts, strengths) {
  const set = concepts.flatMap(({ name }, k) => (strengths[k] ? [`${name} ${strengths[k]}`] : []));
  return `${[model, ...set].join(" ")}.png`;
}

// names: of the concepts whose data end before the strength that is set.
export function beyondWords(names) {
  if (!names.length) return "";
  const listed = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0];
  return `Beyond the data on ${listed}: the picture is a guess.`;
}
