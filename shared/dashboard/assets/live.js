// Keeps pages that are at work up to date: asks for the same page again and puts in what changed. Without it every page works too; it has to be loaded anew.
"use strict";

(function () {
  const main = document.querySelector("main");
  let wait = Number(main.dataset.live);
  let failures = 0;

  async function look() {
    let page, status = 503;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      status = answer.status;
    } catch {} // nobody answers
    failures = status === 200 ? 0 : failures + 1;
    const again = failures < 30;
    if (status >= 502 && again) {
      // It may answer in a moment: until then the page stays as it is.
      setTimeout(look, 2000);
      return;
    }
    const fresh = page?.querySelector("main");
    if (!fresh) return;
    // What went wrong in another way is shown, and looked at again too: the credentials may be renewed.
    const next = failures ? (again ? 2 : 0) : Number(fresh.dataset.live);
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
