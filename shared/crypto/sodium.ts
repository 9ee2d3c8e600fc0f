/** libsodium, ready to use: importing this module waits until its WebAssembly has been compiled. */
import libsodium from 'libsodium-wrappers';

await libsodium.ready;

export const sodium = libsodium;
