/** As much of a service worker's globals as is used, which TypeScript's DOM library lacks. */

interface ExtendableEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface ServiceWorkerScope {
  addEventListener(type: "install" | "activate", handle: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", handle: (event: FetchEvent) => void): void;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
}

/** Put in by `scripts/demo.mjs`. */
declare const __BUILD__: { version: string; files: string[] };
