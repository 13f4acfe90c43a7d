namespace MnistAdder.Commands;

/// <summary>Whoever read the output has gone: there is nobody to write for, and nobody to tell.</summary>
internal sealed class OutputClosedException(Exception inner) : Exception("The output was closed by its reader.", inner);
