// The range of one dimension, with the interface of a plane, so that the same gestures move in it.

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };

export class Line {
  // middle: where a double click leads.
  constructor(low, high, middle) {
    Object.assign(this, { low, high, middle });
  }

  get centre() {
    return [this.middle];
  }

  clamp(value) {
    return Math.min(this.high, Math.max(this.low, value));
  }

  fromShares(left) {
    return [this.clamp(this.low + left * (this.high - this.low))];
  }

  toShare(value) {
    return (this.clamp(value) - this.low) / (this.high - this.low);
  }

  stepped([value], key, share) {
    if (key === "Home") return [this.low];
    if (key === "End") return [this.high];
    if (key === "Delete" || key === "Backspace") return this.centre;
    return STEPS[key] && [this.clamp(value + STEPS[key] * share * (this.high - this.low))];
  }
}
