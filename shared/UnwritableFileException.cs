namespace MnistAdder;

/// <summary>A file or folder can't be written; the message names it and the reason.</summary>
internal sealed class UnwritableFileException : IOException
{
    /// <summary>Says of a path what a write to it, or to a temporary file beside it, ended with.</summary>
    /// <param name="path">The path that people know.</param>
    /// <param name="cause">The system's error.</param>
    public UnwritableFileException(string path, Exception cause)
        : this(path, ReasonOf(cause), cause)
    {
    }

    private UnwritableFileException(string path, string reason, Exception cause)
        : base($"'{path}' can't be written: {reason}.", cause) => Reason = reason;

    /// <summary>Why, without a path and a full stop: <c>No space left on device</c>.</summary>
    public string Reason { get; }

    /// <summary>Whether an exception is the system's error of a write. That a file may not grow any more (EFBIG) .NET takes for a wrong argument.</summary>
    public static bool IsMeant(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    private static string ReasonOf(Exception cause)
    {
        if (cause is ArgumentOutOfRangeException)
            return "File too large";
        if (cause is UnauthorizedAccessException)
            return "access is denied";
        int path = cause.Message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? cause.Message.TrimEnd('.') : cause.Message[..path];
    }
}
