namespace MnistAdder.TrainingHost.Terminal;

/// <summary>How much a command tells while it works.</summary>
internal enum Verbosity
{
    /// <summary>Warnings and errors.</summary>
    Quiet,

    /// <summary>How far it is, too, and what it found.</summary>
    Normal,

    /// <summary>Whatever there is to tell.</summary>
    Verbose,
}
