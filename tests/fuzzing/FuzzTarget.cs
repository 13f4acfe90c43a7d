namespace MnistAdder.Fuzzing;

/// <summary>A parser under attack: whole files to start from, how they are damaged, and what the parser may do with the result.</summary>
internal abstract class FuzzTarget(string name, FuzzLimits limits) : IDisposable
{
    /// <summary>The word for <c>--target</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What one case may cost.</summary>
    public FuzzLimits Limits { get; } = limits;

    /// <summary>Inputs of every kind that the parser accepts.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Parses.</summary>
    /// <param name="input">Any bytes.</param>
    /// <returns>Whether the parser took the input; some parsers refuse with an answer instead of an exception.</returns>
    /// <exception cref="FuzzException">The parser took it and what it gave breaks a law, a round trip for instance.</exception>
    public abstract bool Parse(byte[] input);

    /// <summary>Whether the documentation of the parser's entry point names this exception for bad contents.</summary>
    public virtual bool IsDocumented(Exception exception) => exception is InvalidDataException;

    /// <summary>Damages an input as only one who knows the format can; null where there is nothing of the kind.</summary>
    public virtual byte[]? EditFormat(byte[] input, Mutator mutator) => null;

    /// <summary>Puts right what would have the parser refuse a damaged input at once: check sums, lengths.</summary>
    public virtual byte[] Mend(byte[] input) => input;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
