import { PAGE_TOKEN_META } from "../home-protocol.ts";

/** The initial page. `token` consists of characters that need no escaping in HTML. */
export function homeHtml(token: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="${PAGE_TOKEN_META}" content="${token}" />
    <title>Tavus emulator</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/_emulator/home-page.css" />
    <script defer src="/_emulator/home-page.js"></script>
  </head>
  <body>
    <header>
      <h1>Tavus emulator</h1>
      <p id="counts"></p>
      <p id="connection" role="status">connecting…</p>
    </header>
    <main>
      <section aria-labelledby="new-title">
        <h2 id="new-title">New conversation</h2>
        <form id="new" autocomplete="off">
          <label>Name <input name="conversation_name" maxlength="200" placeholder="optional" /></label>
          <label>PAL <select name="pal_id"></select></label>
          <label>Face <select name="face_id"></select></label>
          <button>Create</button>
        </form>
        <p id="result" role="status"></p>
      </section>
      <section aria-labelledby="conversations-title">
        <h2 id="conversations-title" tabindex="-1">Conversations</h2>
        <p id="no-conversations" class="quiet">None yet. Create one here, or point a bot at this emulator.</p>
        <div class="scrolls">
          <table id="conversations" hidden>
            <thead>
              <tr>
                <th scope="col">Conversation</th>
                <th scope="col">PAL</th>
                <th scope="col">Face</th>
                <th scope="col">Status</th>
                <th scope="col">Age</th>
                <th scope="col">In the room</th>
                <th scope="col"><span class="unseen">Actions</span></th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
        <p id="older" class="quiet"></p>
      </section>
      <section id="rooms" aria-labelledby="rooms-title" hidden>
        <h2 id="rooms-title">Rooms without a conversation</h2>
        <ul></ul>
      </section>
      <section id="faults" aria-labelledby="faults-title" hidden>
        <h2 id="faults-title">Armed faults</h2>
        <ul></ul>
      </section>
      <section aria-labelledby="activity-title">
        <div class="title-line">
          <h2 id="activity-title">Activity</h2>
          <label>
            Show
            <select id="shown">
              <option value="">everything</option>
              <option value="request">API requests</option>
              <option value="message">messages in rooms</option>
              <option value="room">who comes and goes</option>
              <option value="event">events of conversations</option>
              <option value="pal">pals that fail</option>
              <option value="webhook">webhooks</option>
            </select>
          </label>
        </div>
        <p id="no-activity" class="quiet">Nothing has happened yet.</p>
        <ol id="activity" tabindex="0" aria-labelledby="activity-title" hidden></ol>
      </section>
    </main>
  </body>
</html>
`;
}
