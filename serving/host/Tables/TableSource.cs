namespace MnistAdder.Scoring.Tables;

/// <summary>A table that is to be read.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Open">Opens it, on the thread that reads; is given what to call before the file is waited for.</param>
internal sealed record TableSource(string Name, Func<Action, InputTable> Open);
