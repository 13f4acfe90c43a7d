namespace MnistAdder.Training.Recipes;

/// <summary>The learning rate of each step, as a share of the greatest: a pure function, so that resuming needs no state.</summary>
/// <remarks>
/// One cycle after L. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
/// arXiv:1708.07120, with a cosine on the way down.
/// </remarks>
internal sealed record LearningRateSchedule
{
    private const double FirstShare = 0.04;
    private readonly double? _warmUp;
    private readonly double _lastShare;

    private LearningRateSchedule(double? warmUp, double lastShare = 0)
    {
        _warmUp = warmUp;
        _lastShare = lastShare;
    }

    /// <summary>The same rate at every step.</summary>
    public static LearningRateSchedule Constant { get; } = new(warmUp: null);

    /// <summary>Whether a step's rate depends on how many steps there are in all.</summary>
    public bool DependsOnLength => _warmUp is not null;

    /// <summary>From 4 % linearly to the greatest rate, then down by half a cosine.</summary>
    /// <param name="warmUp">Share of the steps that the rise takes, 0…1 exclusive.</param>
    /// <param name="lastShare">Share of the greatest rate that is left at the end, 0…1.</param>
    public static LearningRateSchedule OneCycle(double warmUp, double lastShare = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lastShare);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lastShare, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(warmUp);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(warmUp, 1);
        return new LearningRateSchedule(warmUp, lastShare);
    }

    /// <summary>The rate's share of the greatest.</summary>
    /// <param name="progress">Share of the steps done, 0…1.</param>
    public double At(double progress) => _warmUp switch
    {
        null => 1,
        { } warmUp when progress < warmUp => FirstShare + ((1 - FirstShare) * progress / warmUp),
        { } warmUp => _lastShare + ((1 - _lastShare) * 0.5 * (1 + Math.Cos(Math.PI * (progress - warmUp) / (1 - warmUp)))),
    };
}
