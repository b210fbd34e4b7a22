// The text of an expression: what stands where, and what becomes of it when something is put in.
// An edit is [start, end, text]: text takes the place of what is from start to end.

const SIGNS = { "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/" };
const CLOSING = { '"': '"', "“": "”", "”": "”" };
const NUMBER = /^(\d+\.?\d*|\.\d+)$/;
const KIND = /^(class|concept|group)\s*:\s*/i;
const NEAR = 2;
const FEWEST_LETTERS = 3;
const LETTERS_PER_SLIP = 4;
const REST_OF_WORD = /^[\p{L}\p{N}\p{M}_.]*/u;

// Signs, and the operands between them: a name, a number or several words, without the spaces around.
// open says that a quote in it is not closed.
export function piecesOf(text) {
  const pieces = [];
  let operand = null;
  for (let at = 0; at < text.length; at++) {
    const sign = signAt(text, at);
    if (sign) {
      pieces.push({ start: at, end: at + 1, sign });
      operand = null;
    } else if (text[at].trim()) {
      if (!operand) pieces.push((operand = { start: at, end: at, sign: "", open: false }));
      const quote = CLOSING[text[at]];
      if (quote) at = endOfQuote(text, at, quote);
      operand.open = at >= text.length;
      operand.end = Math.min(text.length, at + 1);
    }
  }
  return pieces;
}

// The operand that the caret is in or after, as far as it is typed; null between others.
export function typedAt(text, caret) {
  const piece = piecesOf(text).findLast(({ start }) => start < caret);
  if (!piece || piece.sign) return null;
  const { start, open } = piece;
  const closed = !open && caret >= piece.end && '"”'.includes(text[piece.end - 1]);
  const isQuoted = text[start] in CLOSING;
  const rest = isQuoted && !open ? Math.max(0, piece.end - caret) : text.slice(caret).match(REST_OF_WORD)[0].length;
  return { start, end: open ? caret : caret + rest, typed: text.slice(start, caret), closed };
}

// Which of the words what is typed could become: those that begin with it, those that hold it, and those
// that nearly begin with it.
// sure says that it is nothing by itself yet and becomes the first of them; what is only near is a guess.
export function completionsAt(text, caret, words, most = 8) {
  const piece = typedAt(text, caret);
  if (!piece || piece.closed) return { options: [], sure: false };
  const kind = piece.typed.match(KIND);
  const wanted = folded(kind ? piece.typed.slice(kind[0].length) : piece.typed);
  const fitting = words.filter((word) => !kind || word.kind === kind[1].toLowerCase());
  const isNear = nearTo(wanted);
  const ranked = fitting.map((word) => [rankOf(word, wanted, isNear), word]).filter(([rank]) => rank >= 0);
  const options = [0, 1, NEAR]
    .flatMap((rank) => ranked.filter(([its]) => its === rank).map(([, word]) => word))
    .map((word) => ({ word, edit: completed(text, piece, word.insert) }))
    .filter(({ edit: [start, end, insert] }) => text.slice(start, end) !== insert)
    .slice(0, most);
  const typed = piece.typed.trim();
  const isGuess = ranked.every(([rank]) => rank === NEAR);
  return { options, sure: !isGuess && !NUMBER.test(typed) && !words.some(({ insert }) => insert === typed) };
}

// A word or a bracket that opens, when clicked: after what the caret is in, joined by what is missing.
export function withOperand(text, caret, insert) {
  const { at, last, next } = gapAt(text, caret);
  const start = last === "*" || last === "/" ? at : startOfSpace(text, at);
  const lead = last === "operand" || last === ")" ? " + " : isJoint(text, start) ? " " : "";
  const follows = insert !== "(" && (next === "operand" || next === "(");
  const tail = follows ? " + " : next === "+" || next === "-" ? " " : "";
  return { edit: [start, endOfSpace(text, at), lead + insert + tail], caret: start + lead.length + insert.length };
}

// A sign that was clicked. One that stands there already is taken back; another takes its place.
export function withSign(text, caret, sign) {
  const { at, last, next, before } = gapAt(text, caret);
  const end = endOfSpace(text, at);
  let start = startOfSpace(text, at);
  if (sign === ")") return { edit: [start, end, next === "+" || next === "-" ? ") " : ")"], caret: start + 1 };
  if (["+", "-", "*", "/"].includes(last)) {
    start = startOfSpace(text, before.start);
    if (last === sign) return { edit: [start, end, ""], caret: start };
  }
  const joins = start > 0 && text[start - 1] !== "(" && sign !== "*";
  const put = joins ? ` ${sign} ` : sign;
  return { edit: [start, end, put], caret: start + put.length };
}

// Without what stands before the caret: an operand or a sign.
export function withoutLast(text, caret) {
  const pieces = piecesOf(text);
  const place = pieces.findLastIndex(({ start }) => start < caret);
  const { start = 0, end = caret, sign = "" } = pieces[place] ?? {};
  // The space behind a sign stays for what may follow it.
  const from = sign || !pieces[place - 1]?.sign ? startOfSpace(text, start) : start;
  return { edit: [from, Math.max(caret, end), ""], caret: from };
}

// The plus or minus that the caret stands behind; "" if there is none.
export function signBefore(text, caret) {
  const piece = piecesOf(text).findLast(({ start }) => start < caret);
  return piece && piece.end <= caret ? piece.sign : "";
}

// Whether it could mean something as it stands: nothing is missing at its end, and brackets are closed.
export function isWhole(text) {
  const pieces = piecesOf(text);
  const last = pieces.at(-1);
  if (!last || (last.sign && last.sign !== ")") || last.open || text[last.end - 1] === ":") return false;
  const count = (sign) => pieces.filter((piece) => piece.sign === sign).length;
  return count("(") === count(")");
}

export function edited(text, [start, end, insert]) {
  return text.slice(0, start) + insert + text.slice(end);
}

function signAt(text, at) {
  const sign = SIGNS[text[at]] ?? text[at];
  return "+-*/()".includes(sign) ? sign : "";
}

function endOfQuote(text, at, closing) {
  let end = at + 1;
  while (end < text.length && text[end] !== closing) end += text[end] === "\\" ? 2 : 1;
  return end;
}

function startOfSpace(text, at) {
  let start = at;
  while (start && !text[start - 1].trim()) start -= 1;
  return start;
}

function endOfSpace(text, at) {
  let end = at;
  while (end < text.length && !text[end].trim()) end += 1;
  return end;
}

// Where something can be put: behind the operand that the caret is in, and what is on both sides.
function gapAt(text, caret) {
  const pieces = piecesOf(text);
  const around = pieces.find(({ start, end, sign }) => !sign && start < caret && caret < end);
  const at = around ? around.end : caret;
  const before = pieces.findLast(({ end }) => end <= at);
  const after = pieces.find(({ start }) => start >= at);
  return { at, before, last: nameOf(before), next: nameOf(after) };
}

function nameOf(piece) {
  return piece ? piece.sign || "operand" : "";
}

// Whether a plus or minus ends there that joins two; behind one that belongs to its operand is no space.
function isJoint(text, end) {
  const [before, sign] = piecesOf(text.slice(0, end)).slice(-2);
  return ["+", "-"].includes(sign?.sign) && ["operand", ")"].includes(nameOf(before));
}

function completed(text, { start, end }, insert) {
  const more = insert.endsWith(":") && text[end] === ":" ? 1 : 0;
  return [start, end + more, insert];
}

function folded(text) {
  return text.normalize("NFC").toLowerCase().replace(/["“”]/g, "").trim().replace(/\s+/g, " ");
}

function rankOf(word, wanted, isNear) {
  const names = [folded(word.text), folded(word.insert)];
  if (!wanted) return -1;
  if (names.some((name) => name.startsWith(wanted))) return 0;
  if (names.some((name) => name.includes(wanted))) return 1;
  return names.some(isNear) ? NEAR : -1;
}

// Whether a name begins with what was wanted but for a slip of the fingers: one in four letters.
function nearTo(wanted) {
  const letters = [...wanted];
  // The number of a picture is no slip.
  if (letters.length < FEWEST_LETTERS || /[\d:]$/.test(wanted)) return () => false;
  const most = Math.max(1, Math.floor(letters.length / LETTERS_PER_SLIP));
  return (name) => slipsInBeginning(letters, [...name]) <= most;
}

// The fewest letters to put in, leave out, change or swap with the next that make a beginning of name of
// letters (the optimal string alignment distance, to the nearest beginning).
function slipsInBeginning(letters, name) {
  let [before, row] = [[], Array.from({ length: name.length + 1 }, (_, j) => j)];
  letters.forEach((letter, i) => {
    const next = [i + 1];
    for (let j = 1; j <= name.length; j++) {
      const same = letter === name[j - 1];
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1));
      const isSwapped = i && j > 1 && letter === name[j - 2] && letters[i - 1] === name[j - 1];
      if (isSwapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  });
  return Math.min(...row);
}
