// Feedback and questions: the answer a person sees after sending.
function thank(form) {
  const thanks = form.nextElementSibling;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.hidden = true;
    thanks.hidden = false;
    // After other listeners have read the form.
    setTimeout(() => form.reset());
  });
}

export function startForms() {
  for (const form of document.querySelectorAll("#feedback, #ask")) thank(form);
}
