// The model registry's own process: registry-main.js FOLDER ADDRESS PORT.
import { serveModels } from './registry.js';

const [folder, address, port] = process.argv.slice(2) as [string, string, string];
serveModels(folder).listen(Number(port), address);
