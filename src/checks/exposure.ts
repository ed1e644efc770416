// Stack check `exposure`: clients reach the API and nothing else of LiteLLM, not even with the master key.
import { ask } from '../services/http.js';
import { type StackCheck, verdict } from './check.js';

const CLOSED = ['/', '/ui/', '/openapi.json', '/key/list', '/config/yaml'];

export const exposure: StackCheck = {
  id: 'exposure',
  title: 'Only the API is served',
  hint: 'who listens there? hxllm verify --only listeners; then: hxllm deploy --limit HOST',
  async run({ masterKey: key }, access) {
    const open: string[] = [];
    for (const path of CLOSED) {
      const { status } = await ask({ ...access, key }, path);
      if (status !== 404) open.push(`${path} answers ${status}`);
    }
    return verdict(open, `${CLOSED.join(', ')} give 404`);
  },
};
