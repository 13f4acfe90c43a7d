namespace MnistAdder.Scoring.Tables;

/// <summary>A table that is to be read.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Open">Opens it, on the thread that reads; is given what to call before the file is waited for.</param>
internal sealed record TableSource(string Name, Func<Action, InputTable> Open)
{
    /// <summary>Makes sure that a table may follow another one.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="columns">Its header.</param>
    /// <param name="first">What messages call the other one.</param>
    /// <param name="header">The other one's header.</param>
    /// <exception cref="InvalidDataException">The headers differ.</exception>
    public static void RequireOneHeader(string name, IReadOnlyList<string> columns, string first, IReadOnlyList<string> header)
    {
        if (!columns.SequenceEqual(header))
            throw new InvalidDataException($"{name} has the columns {ShownText.Of(columns)}, and {first} {ShownText.Of(header)}; several tables must have one header.");
    }
}
