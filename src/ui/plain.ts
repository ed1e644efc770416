// Progress without a terminal: one line per event on stderr, each with its whole path, so that a log can be searched.
import { progressColor } from './color.js';
import { duration } from './duration.js';

/** What is used of listr2's tasks: they emit STATE, SUBTASK, OUTPUT and MESSAGE. */
interface Task {
  title?: string;
  initialTitle?: string;
  message: { duration?: number; error?: string; skip?: string };
  hasSubtasks(): boolean;
  on(event: string, listener: (value: never) => void): void;
}

/** A write takes the time of a system call: those of many hosts come together. */
const TOGETHER_MS = 20;

export class PlainRenderer {
  static nonTTY = true;
  static rendererOptions = {};
  static rendererTaskOptions = {};

  #told = '';

  constructor(private readonly tasks: Task[]) {}

  render(): void {
    this.#watch(this.tasks, []);
  }

  end(): void {
    if (this.#told) process.stderr.write(this.#told);
    this.#told = '';
  }

  #line(mark: string, text: string): void {
    if (!this.#told) setTimeout(() => this.end(), TOGETHER_MS).unref();
    this.#told += `${mark} ${text}\n`;
  }

  #watch(tasks: Task[], above: string[]): void {
    for (const task of tasks) {
      const path = () => [...above, task.title ?? ''].join(' › ');
      let isSkipped = false;
      task.on('SUBTASK', (parts: Task[]) => this.#watch(parts, [...above, task.title ?? '']));
      task.on('OUTPUT', (text: string) => this.#line(progressColor.dim('│'), `${path()}: ${text}`));
      task.on('MESSAGE', (message: Task['message']) => {
        if (message.skip) isSkipped = true;
        if (message.error)
          this.#line(
            progressColor.bad('✖'),
            task.hasSubtasks() ? path() : `${path()}: ${withoutName(message.error, task.title)}`,
          );
        else if (message.skip) this.#line(progressColor.warn('↓'), `${path()}: skipped, ${message.skip}`);
      });
      task.on('STATE', (state: string) => {
        if (state === 'STARTED' && above.length === 0) this.#line(progressColor.dim('•'), path());
        if (state !== 'COMPLETED' || isSkipped || task.hasSubtasks()) return;
        this.#line(
          progressColor.good('✔'),
          `${path()} ${progressColor.dim(`(${duration(task.message.duration ?? 0)})`)}`,
        );
      });
    }
  }
}

/** An error of a host begins with the host's name, and so does the path. */
function withoutName(message: string, title = ''): string {
  return message.startsWith(`${title}: `) ? message.slice(title.length + 2) : message;
}
