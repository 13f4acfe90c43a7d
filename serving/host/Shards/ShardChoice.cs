using System.Globalization;

namespace MnistAdder.Scoring.Shards;

/// <summary>Which shard of a plan a task scores.</summary>
/// <param name="Number">The shard, from 0.</param>
/// <param name="Origin">Where the number comes from, for messages.</param>
internal sealed record ShardChoice(int Number, string Origin)
{
    /// <summary>The option that says it.</summary>
    public const string Option = "--shard";

    private const string Automatic = "auto";

    /// <summary>What engines call the number that they give to a task.</summary>
    public static IReadOnlyList<string> Variables { get; } = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

    /// <summary>Reads the option.</summary>
    /// <param name="word">A number, or <c>auto</c>.</param>
    /// <exception cref="InvalidOperationException">It is neither, or no engine or several that disagree have given a number.</exception>
    public static ShardChoice Parse(string word)
    {
        if (word != Automatic)
            return Read(word, Option);
        ShardChoice[] given =
            [.. Variables.Select(variable => (variable, Environment.GetEnvironmentVariable(variable))).Where(pair => pair.Item2 is { Length: > 0 }).Select(pair => Read(pair.Item2!, pair.variable))];
        if (given.Length == 0)
            throw new InvalidOperationException($"--shard is auto, and none of {string.Join(", ", Variables)} is set; for another engine --shard takes the number.");
        return given.All(choice => choice.Number == given[0].Number)
            ? given[0]
            : throw new InvalidOperationException($"--shard is auto, and {string.Join(" and ", given.Select(choice => $"{choice.Origin} is {choice.Number}"))}; --shard takes the number.");
    }

    /// <summary>Makes sure that a plan has this shard.</summary>
    /// <exception cref="InvalidOperationException">It hasn't.</exception>
    public void RequireOneOf(int shards)
    {
        if (Number >= shards)
            throw new InvalidOperationException($"{Origin} is {Number}, and the plan has {shards} {(shards == 1 ? "shard, 0" : $"shards, 0 to {shards - 1}")}.");
    }

    private static ShardChoice Read(string text, string origin) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? new ShardChoice(number, origin)
        : throw new InvalidOperationException($"{origin} is '{text}'; it must be a whole number from 0{(origin == Option ? $", or {Automatic}" : "")}.");
}
