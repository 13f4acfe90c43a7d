using MnistAdder.Fuzzing;

namespace MnistAdder.Tests.Fuzzing;

/// <summary>A thousand cases, and whether a parser that does wrong is caught at all.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Damaged_metadata_are_read_or_refused_soon_and_in_little_memory()
    {
        using var target = new MetadataTarget();
        FuzzCases.RunThousand(target);
    }

    [Theory]
    [InlineData(Wrong.Throws, "FormatException")]
    [InlineData(Wrong.BreaksALaw, "FuzzException")]
    [InlineData(Wrong.Allocates, "memory")]
    [InlineData(Wrong.TakesTime, "slow")]
    [InlineData(Wrong.SaysTwoLines, "message of more than one line")]
    public void A_parser_that_does_wrong_is_caught_with_a_case_that_can_be_made_again_and_run_again(Wrong wrong, string kind)
    {
        using var target = new WrongTarget(wrong);
        var run = new FuzzRun(target, seed: 7);
        int cases = wrong == Wrong.TakesTime ? 2 : 300;
        run.Run(cases, limit: null);

        FuzzFailure failure = Assert.Single(run.Failures);
        Assert.StartsWith(kind, failure.Kind, StringComparison.Ordinal);
        Assert.Equal(failure.Input, FuzzRun.Input(target, 7, failure.Number));
        Assert.Equal(failure.Kind, new FuzzRun(target, seed: 7).Replay(failure.Input)!.Kind);
        Assert.Equal(cases, run.Summary.Accepted + run.Summary.Refused.Values.Sum());
    }

    [Fact]
    public void The_cases_of_a_seed_are_the_same_each_time_and_those_of_another_seed_are_others()
    {
        using var target = new MetadataTarget();
        byte[][] Cases(ulong seed) => [.. Enumerable.Range(0, 50).Select(number => FuzzRun.Input(target, seed, number))];
        Assert.Equal(Cases(1), Cases(1));
        Assert.True(Cases(1).Zip(Cases(2)).Count(pair => !pair.First.SequenceEqual(pair.Second)) > 40);
    }

    public enum Wrong
    {
        Throws,
        BreaksALaw,
        Allocates,
        TakesTime,
        SaysTwoLines,
    }

    // Does right only with the input that nobody damaged.
    private sealed class WrongTarget(Wrong wrong) : FuzzTarget("wrong", new FuzzLimits(ManagedBytes: 1 << 20, Seconds: 0.5))
    {
        public override IReadOnlyList<byte[]> Seeds { get; } = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]];

        public override bool Parse(byte[] input)
        {
            if (input.SequenceEqual(Seeds[0]))
                return true;
            switch (wrong)
            {
                case Wrong.Throws:
                    throw new FormatException();
                case Wrong.BreaksALaw:
                    throw new FuzzException("a law");
                case Wrong.Allocates:
                    return new byte[2 << 20].Length == 0;
                case Wrong.TakesTime:
                    Thread.Sleep(550);
                    return true;
                case Wrong.SaysTwoLines:
                    throw new InvalidDataException("one\ntwo");
                default:
                    return true;
            }
        }
    }
}
