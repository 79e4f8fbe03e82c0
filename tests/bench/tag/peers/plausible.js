import { init } from "@plausible-analytics/tracker";

window.__plausible = true; // it would leave out automated browsers
init({
  domain: "bench.example",
  endpoint: document.currentScript.dataset.host + "/api/event",
  captureOnLocalhost: true,
  outboundLinks: true,
  fileDownloads: true,
  formSubmissions: true,
});
window.ready = true;
