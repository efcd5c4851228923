// Keeps pages that are at work up to date: asks for the same page again and puts in what changed. Without it every page works too; it has to be loaded anew.
"use strict";

(function () {
  const main = document.querySelector("main");
  let wait = Number(main.dataset.live);
  let failures = 0;

  async function look() {
    let page;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      failures = 0;
    } catch {
      if (++failures < 30) setTimeout(look, 2000);
      return;
    }
    const fresh = page.querySelector("main");
    if (!fresh) return;
    const next = Number(fresh.dataset.live);
    const heading = (of) => of.querySelector("h1")?.textContent;
    if (!next || heading(fresh) !== heading(main)) {
      // It has ended, or has become another page: everything may be different, but nobody loses what they are typing.
      if (!main.querySelector("details[open] form, form :focus")) main.replaceChildren(...fresh.childNodes);
      else update(fresh);
    } else {
      update(fresh);
    }
    main.dataset.live = fresh.dataset.live;
    document.title = page.title;
    if (next) setTimeout(look, 1000 * next);
  }

  function update(fresh) {
    for (const part of main.querySelectorAll("[data-part]")) {
      const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
    }
  }

  main.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (wait) setTimeout(look, 1000 * wait);
})();
