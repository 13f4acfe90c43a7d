namespace MnistAdder.Fuzzing;

/// <summary>A parser took an input, and what it gave is wrong.</summary>
internal sealed class FuzzException(string message) : Exception(message)
{
    /// <summary>Demands a law.</summary>
    public static void Require(bool holds, string law)
    {
        if (!holds)
            throw new FuzzException(law);
    }
}
