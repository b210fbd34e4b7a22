// Latest wins: however many requests come between two frames, only the newest is carried out.

export class LatestWins {
  constructor(carryOut) {
    this.carryOut = carryOut;
    this.wanted = null;
    this.frame = 0;
  }

  request(value) {
    this.wanted = { value };
    this.frame ||= requestAnimationFrame(() => this.#run());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.wanted = null;
  }

  #run() {
    this.frame = 0;
    const { value } = this.wanted;
    this.wanted = null;
    this.carryOut(value);
  }
}
