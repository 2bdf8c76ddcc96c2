"use strict";

// Code as the table shows it: the source that runs, without its wrapping, lightly coloured.
// The names of the three origins have the colours that they have at the top of the page.

const TOKENS = new RegExp(
  [
    /(?<comment>#[^\n]*|\/\/[^\n]*)/,
    /(?<string>"[^"\n]*")/,
    /(?<keyword>\b(?:async|await|const|def|for|if|in|not|raise|return|self|True|None)\b)/,
    /(?<number>\b\d+\b)/,
    /(?<page>\bpage\b)/,
    /(?<api>\bapi\b)/,
    /(?<other>\bother\b)/,
    /(?<call>\b[A-Za-z_]\w*(?=\())/,
  ].map((part) => part.source).join("|"),
  "g",
);

// The body of an arrow function as one would write it alone.
function bodyOf(ask) {
  const source = ask.toString();
  const block = source.match(/^async \(\) => \{\n(.*)\n *\}$/s);
  return dedent(block ? block[1] : source.replace(/^\(\) => /, ""));
}

// Without the indentation that all lines but perhaps the first share.
function dedent(code) {
  const lines = code.split("\n");
  const indents = lines.slice(1).filter((line) => line.trim()).map((line) => line.search(/\S/));
  const shared = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(Math.min(shared, line.search(/\S|$/)))).join("\n");
}

// One element per line, so that a line that is too long goes on below, behind its indentation.
function highlighted(code) {
  return element("pre", {}, ...code.split("\n").map(highlightedLine));
}

function highlightedLine(code) {
  const line = element("span", { className: "line" });
  line.style.setProperty("--indent", `${code.search(/\S|$/)}ch`);
  let end = 0;
  for (const token of code.matchAll(TOKENS)) {
    const [kind] = Object.entries(token.groups).find(([, text]) => text !== undefined);
    line.append(code.slice(end, token.index), element("span", { className: kind }, token[0]));
    end = token.index + token[0].length;
  }
  line.append(code.slice(end) + "\n");
  return line;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
