// Renders what pymdownx.arithmatex marked, by the KaTeX that lies beside this file.
document.addEventListener("DOMContentLoaded", () => {
  const macros = {
    "\\x": "\\mathbf{x}",
    "\\z": "\\mathbf{z}",
    "\\N": "\\mathcal{N}",
    "\\E": "\\mathbb{E}",
    "\\eps": "\\boldsymbol{\\epsilon}",
  };
  for (const element of document.querySelectorAll(".arithmatex")) {
    const text = element.textContent.trim();
    const displayMode = text.startsWith("\\[");
    katex.render(text.slice(2, -2), element, { displayMode, macros, throwOnError: true });
  }
});
