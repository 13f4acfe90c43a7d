namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary>Where a kill hit.</summary>
internal enum KillMoment
{
    /// <summary>Nothing of the run was on the disk yet.</summary>
    BeforeStart,

    /// <summary>In an epoch, or with a part of the rows written.</summary>
    AtWork,

    /// <summary>Behind the last epoch.</summary>
    InExport,

    /// <summary>The run was quicker.</summary>
    AfterEnd,
}

/// <summary>What one kill left, and what the next run made of it.</summary>
/// <param name="Moment">Where it hit.</param>
/// <param name="IsResumed">Whether the next run went on from a checkpoint.</param>
/// <param name="IsIdentical">Whether the next run ended with the bytes of an unbroken one.</param>
/// <param name="Leftovers">Temporary files and locks that the kill left; the next run has to remove them.</param>
/// <param name="Violations">What must never be: a file that isn't whole, a leftover of a leftover, a run that fails.</param>
internal sealed record KillOutcome(KillMoment Moment, bool IsResumed, bool IsIdentical, int Leftovers, IReadOnlyList<string> Violations);
