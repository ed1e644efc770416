// Stack check `webui-seen`: the chat that was just made through a web UI came to this gateway under that client's name.
import type { Result, StackCheck } from './check.js';

/** Longer than any check before this one takes. */
const MINUTES = 15;

export const webuiSeen: StackCheck = {
  id: 'webui-seen',
  title: "Open WebUI's chats come under its own name",
  hint: 'ssh HOST sudo journalctl -t haproxy -n 50; hxllm verify --only webui-connection',
  async run(_, { asked = [], run }) {
    const results: Result[] = [];
    for (const client of asked) {
      const output = await run?.(
        `journalctl --sync 2>/dev/null; journalctl -q -t haproxy -o cat --since '${MINUTES} min ago' | grep -F ' client=${client} ' | grep -E 'POST (/v1)?/chat/completions 200 ' | wc -l`,
      );
      const count = Number(output);
      results.push(
        count > 0
          ? { subject: client, status: 'pass', message: `${count} answered in the last ${MINUTES} minutes` }
          : { subject: client, status: 'fail', message: 'no chat of it is in the access log' },
      );
    }
    return results;
  },
};
