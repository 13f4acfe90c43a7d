namespace MnistAdder.Commands.Doctor;

/// <summary>How a computation on a device went.</summary>
internal enum ComputationStatus
{
    /// <summary>It gave the right answer.</summary>
    Ok,

    /// <summary>The device isn't there or the program wasn't built for it: nothing is wrong.</summary>
    Absent,

    /// <summary>The device should work and doesn't.</summary>
    Failed,
}
