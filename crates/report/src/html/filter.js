"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const findings = [...document.querySelectorAll("article.finding")];
  const texts = new Map(findings.map((f) => [f, f.textContent.toLowerCase()]));
  const by = (id) => document.getElementById(id);
  const apply = () => {
    const words = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const asset = by("asset").value;
    const framework = by("framework").value;
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      const keep =
        severities.has(data.severity) &&
        (!asset || data.asset === asset) &&
        (!framework || data.frameworks.split("|").includes(framework)) &&
        (by("suppressed").checked || !("suppressed" in data)) &&
        words.every((word) => texts.get(finding).includes(word));
      finding.hidden = !keep;
      shown += keep ? 1 : 0;
    }
    by("shown").textContent = `${shown} of ${findings.length} shown`;
  };
  form.addEventListener("input", apply);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      by("search").focus();
    }
  });
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) target.hidden = false;
  });
  apply();
})();
