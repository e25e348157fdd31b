// What the library's templates do with inline handlers, which the Content-Security-Policy forbids.
document.addEventListener("change", (event) => {
  const select = event.target.closest("[data-backoffice-go]");
  if (select) window.location = select.value;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-backoffice-apply-columns]")) applyColumnVisibility();
});
