namespace MnistAdder.Server.Protocol;

/// <summary>A request that isn't answered, and why, in words for the client.</summary>
/// <param name="status">The status of HTTP.</param>
/// <param name="message">Why, one sentence without a path or a stack.</param>
internal sealed class ProtocolException(int status, string message) : Exception(message.Length <= LongestMessage ? message : message[..LongestMessage] + "…")
{
    // A client's names are in it, as long as the client likes.
    private const int LongestMessage = 1000;

    /// <summary>The status of HTTP: 400 for what the client did, 404 for what isn't there, 503 for what can't be done now.</summary>
    public int Status { get; } = status;

    /// <summary>What the client did.</summary>
    public static ProtocolException Bad(string message) => new(400, message);

    /// <summary>What isn't there.</summary>
    public static ProtocolException Unknown(string message) => new(404, message);

    /// <summary>What can be done later.</summary>
    public static ProtocolException Later(string message) => new(503, message);
}
