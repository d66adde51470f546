/* read.js - ReDoc on this server's own document. Its search wants a worker made from a blob; without it the list of operations does. */
Redoc.init(new URL("openapi.json", document.baseURI).href, { hideLoading: true, expandResponses: "200,201", theme: { colors: { primary: { main: "#2a6496" } } } },
  document.getElementById("docs"));
