// A fetch that keeps what was asked and answered: for the evidence folder and for -v. Keys are never kept.

export interface Exchange {
  /** ISO time of the request. */
  at: string;
  tookMs: number;
  request: { method: string; url: string; headers: Record<string, string>; body?: string };
  response?: { status: number; headers: Record<string, string>; body: string };
  /** Why there is no response. */
  error?: string;
}

const SECRET_HEADERS = new Set(['authorization', 'x-api-key', 'cookie', 'set-cookie']);
const LONGEST_BODY = 65_536;

export class Recorder {
  readonly #exchanges: Exchange[] = [];
  readonly #bodies: Promise<unknown>[] = [];

  constructor(private readonly base: typeof fetch = globalThis.fetch) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const start = performance.now();
    const exchange: Exchange = {
      at: new Date().toISOString(),
      tookMs: 0,
      request: {
        method: init?.method ?? 'GET',
        url: String(input),
        headers: plain(new Headers(init?.headers)),
        ...(typeof init?.body === 'string' ? { body: init.body } : {}),
      },
    };
    this.#exchanges.push(exchange);
    const ended = () => {
      exchange.tookMs = Math.round(performance.now() - start);
    };
    try {
      const response = await this.base(input, init);
      const kept = { status: response.status, headers: plain(response.headers), body: '' };
      exchange.response = kept;
      const read = response.clone().text();
      this.#bodies.push(
        read.then(
          (text) => {
            kept.body = text.slice(0, LONGEST_BODY);
            ended();
          },
          (error: unknown) => {
            exchange.error = String(error);
            ended();
          },
        ),
      );
      return response;
    } catch (error) {
      exchange.error = error instanceof Error ? String(error.cause ?? error) : String(error);
      ended();
      throw error;
    }
  };

  /** Everything since the last call, bodies included. */
  async take(): Promise<Exchange[]> {
    await Promise.all(this.#bodies.splice(0));
    return this.#exchanges.splice(0);
  }
}

function plain(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, SECRET_HEADERS.has(name) ? '[secret]' : value]),
  );
}
