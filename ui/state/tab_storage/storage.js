// Keeps one text in the session storage of the browser's tab, for the page that embeds this frame.
// Streamlit's protocol: the page sends arguments, the frame sends a value.
const NAME = "bowlab-own-text";

function send(type, data) {
  window.parent.postMessage({ isStreamlitMessage: true, type, ...data }, window.location.origin);
}

let answered = "";

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.data.type !== "streamlit:render") {
    return;
  }
  const { text, session } = event.data.args;
  if (text === null) {
    // a new session, which knows no text: the tab was reloaded, or the server was started again
    const stored = window.sessionStorage.getItem(NAME);
    if (stored && answered !== session) {
      answered = session;
      // Streamlit reports a value only if it differs from the one before
      send("streamlit:setComponentValue", { value: { text: stored, at: Date.now() }, dataType: "json" });
    }
  } else if (text) {
    window.sessionStorage.setItem(NAME, text);
  } else {
    window.sessionStorage.removeItem(NAME);
  }
});

send("streamlit:componentReady", { apiVersion: 1 });
