// Files that the browser saves, and names that every system takes.

// Milliseconds: some browsers read the file only a while after the click.
const KEEP_URL = 60_000;

// Lets the browser save a blob under a name.
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = fileName(name);
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_URL);
}

// A name that every system takes: letters, digits, and single marks between them.
export function fileName(name) {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+|[.-]+$/g, "").slice(-120) || "map";
}
