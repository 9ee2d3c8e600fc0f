/** The version of this program, as the command line, heartbeats and logs name it. */
export const VERSION = '0.1.0';
