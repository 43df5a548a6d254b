// The page reads without this script; with it, times play the recording and the word being spoken is lit.
"use strict";
(() => {
  const bar = document.querySelector(".bar");
  const measure = () => document.documentElement.style.setProperty("--bar", bar.offsetHeight + "px");
  measure();
  addEventListener("resize", measure);

  const audio = document.querySelector("audio");
  if (!audio) return;
  const length = Number(document.body.dataset.length);
  const head = document.querySelector(".head i");
  // Speakers overlap, so the order on the page is not the order in time.
  const words = [...document.querySelectorAll(".said p span")]
    .map((span) => ({ span, start: Number(span.dataset.s), end: Number(span.dataset.e) }))
    .sort((a, b) => a.start - b.start);
  let lit = null, here = null, scrolled = 0;

  const wordAt = (time) => {
    let low = 0, high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (words[middle].start <= time) low = middle + 1; else high = middle;
    }
    const word = words[low - 1];
    return word && time < Math.max(word.end, word.start + 0.15) ? word : null;
  };

  const show = () => {
    const time = audio.currentTime;
    head.style.left = (100 * Math.min(1, time / length)) + "%";
    const word = wordAt(time);
    if (word === lit) return;
    if (lit) lit.span.classList.remove("lit");
    lit = word;
    if (!word) return;
    word.span.classList.add("lit");
    const said = word.span.closest(".said");
    if (said === here) return;
    if (here) here.classList.remove("here");
    here = said;
    said.classList.add("here");
    // Who scrolls reads on their own: leave them where they are for a while.
    if (!audio.paused && performance.now() - scrolled > 4000) said.scrollIntoView({ block: "center", behavior: "smooth" });
  };

  const frame = () => { show(); if (!audio.paused) requestAnimationFrame(frame); };
  // Whoever pauses before the sound has begun breaks off the start, which is no error.
  const start = () => audio.play().catch((error) => { if (error.name !== "AbortError") throw error; });
  const play = (time) => { scrolled = -Infinity; audio.currentTime = time; show(); start(); };

  for (const kind of ["wheel", "touchmove"]) addEventListener(kind, () => { scrolled = performance.now(); }, { passive: true });
  audio.addEventListener("play", frame);
  audio.addEventListener("seeked", show);
  audio.addEventListener("timeupdate", show);

  document.addEventListener("click", (event) => {
    const track = event.target.closest(".track");
    if (track) {
      event.preventDefault();
      const box = track.getBoundingClientRect();
      play(length * (event.clientX - box.left) / box.width);
      return;
    }
    const timed = event.target.closest("a[data-s], .said p span");
    if (!timed) return;
    event.preventDefault();
    play(Number(timed.dataset.s));
    const said = document.getElementById((timed.getAttribute("href") || "").slice(1));
    if (said) said.scrollIntoView({ block: "center", behavior: "smooth" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.closest("audio, a, button, input")) return;
    event.preventDefault();
    if (audio.paused) start(); else audio.pause();
  });
})();
