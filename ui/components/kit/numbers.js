// Numbers as people read them.

export function formatNumber(value) {
  const text = Math.abs(value).toFixed(2);
  // U+2212 is as wide as a digit, so the readout does not jump at a change of sign; nought has none.
  return (value < 0 && Number(text) > 0 ? "−" : "") + text;
}

export function edgeNumber(value) {
  return String(+value.toPrecision(3)).replace("-", "−");
}

// To the four digits that an address has: the point is exactly what its link says.
export function rounded(z) {
  return z.map((value) => Number(value.toPrecision(4)) + 0);
}

// One decimal, with its sign; nought has none.
export function signed(strength) {
  const text = Math.abs(strength).toFixed(1);
  if (!Number(text)) return text;
  return (strength < 0 ? "−" : "+") + text;
}
