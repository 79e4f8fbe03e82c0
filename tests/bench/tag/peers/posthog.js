import posthog from "posthog-js";

// What its server would answer; without it autocapture stays off.
window._POSTHOG_REMOTE_CONFIG = {
  phc_bench: {
    config: { autocapture_opt_out: false, supportedCompression: [], hasFeatureFlags: false, sessionRecording: false, surveys: false, heatmaps: false },
    siteApps: [],
  },
};
posthog.init("phc_bench", {
  api_host: document.currentScript.dataset.host,
  autocapture: true,
  disable_compression: true, // so that bytes can be compared
  disable_session_recording: true,
  opt_out_useragent_filter: true,
});
window.ready = true;
