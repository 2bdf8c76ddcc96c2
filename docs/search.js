// Sphinx puts this in front of its search.

// A sentence of a browser's console leads to its heading, before the pages that have the same words
// somewhere. The other weights are Sphinx's own.
var Scorer = {
  score: ([document, , anchor, , score]) => (document === "refused" && anchor ? score + 30 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// Whoever pastes a whole line of a console is asked for neither its beginning, which all lines share,
// nor for the URLs in it, which stand on no page.
(() => {
  const url = new URL(location.href);
  const asked = url.searchParams.get("q");
  if (!asked) return;
  const sentence = asked
    .replace(/^.*(?:CORS policy: |\(Reason: )/s, "")
    .replace(/Response to preflight request doesn't pass access control check: (?=Redirect|The )/, "")
    .replace(/ Have the server send the header with a valid value\.?/, "")
    .replace(/\)\.?(?: Status code: \S+)?\s*$/, "")
    .replace(/(values?) '[^']*'/, "$1")
    .replace(/['‘"]?\w+:\/\/[^\s'’"]*['’"]?/g, "");
  url.searchParams.set("q", sentence.trim() || asked);
  history.replaceState(null, "", url);
})();
