namespace MnistAdder.Commands;

/// <summary>What both commands end with.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Could not do it; one line on standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>Done, but some rows were bad.</summary>
    public const int DoneWithBadRows = 2;

    /// <summary>Hung up, as where the terminal is closed: 128 + SIGHUP.</summary>
    public const int HungUp = 129;

    /// <summary>Interrupted by Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Standard output was closed by its reader: 128 + SIGPIPE.</summary>
    public const int OutputClosed = 141;

    /// <summary>Terminated: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
