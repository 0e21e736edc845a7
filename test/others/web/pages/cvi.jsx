// Tavus' CVI components as their CLI writes them, in an application like Tavus' own example: a welcome, the hair check, the
// conversation. (Without the welcome the hair check renders before DailyProvider has a call object, and waits forever.)
import { useState } from "react";
import { createRoot } from "react-dom/client";

import { Conversation } from "cvi/components/conversation";
import { CVIProvider } from "cvi/components/cvi-provider";
import { HairCheck } from "cvi/components/hair-check";

const conversationUrl = new URLSearchParams(location.search).get("room");

function App() {
  const [screen, setScreen] = useState("welcome");
  if (screen === "welcome") return <button onClick={() => setScreen("hairCheck")}>Start</button>;
  if (screen === "over") return <p role="status">over</p>;
  if (screen === "hairCheck") return <HairCheck onJoin={() => setScreen("call")} onCancel={() => setScreen("over")} />;
  return <Conversation conversationUrl={conversationUrl} onLeave={() => setScreen("over")} />;
}

createRoot(document.getElementById("root")).render(
  <CVIProvider>
    <App />
  </CVIProvider>,
);
