/** The file descriptor of the pipe, in the media process. */
export const PIPE_FD = 3;
