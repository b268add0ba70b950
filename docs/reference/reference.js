// Narrows the list of operations to those with all the words.
const filter = document.getElementById("filter");
const none = document.getElementById("none");
const links = [...document.querySelectorAll("nav [data-words]")];

filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const link of links) link.parentElement.hidden = !words.every((word) => link.dataset.words.includes(word));
  for (const group of document.querySelectorAll("nav > ul > li")) group.hidden = !group.querySelector("li:not([hidden])");
  none.hidden = links.some((link) => !link.parentElement.hidden);
});
