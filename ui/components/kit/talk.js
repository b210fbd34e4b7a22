// What a map tells the server, and how much of it the server had heard when it answered.

export class Talk {
  constructor() {
    this.said = {};
  }

  // send(name, value): to the server; heard: the mark of the last message of each name that went into
  // what the server sends now.
  listen(send, heard) {
    Object.assign(this, { send, heard });
  }

  say(name, message) {
    const mark = crypto.randomUUID?.() ?? String(Math.random());
    this.said[name] = mark;
    this.send(name, { ...message, mark });
  }

  // Whether the server knows the last thing that was said under a name. What it sends before that is older
  // than what is on the screen.
  isHeard(name) {
    return !this.said[name] || this.heard[name] === this.said[name];
  }
}
