// Imported before anything else.

// A terminal sends these to the whole process group, and a service manager to all processes of a bot: the bot decides what
// ends, and its calls leave in order. When it is gone, the end of the pipe ends this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

// For people who look at a list of processes.
process.title = "tavus-transport media";
