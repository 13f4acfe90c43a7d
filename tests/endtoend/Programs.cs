namespace MnistAdder.EndToEnd.Tests;

/// <summary>The programs that these tests run.</summary>
internal static class Programs
{
    public static string TrainingHost { get; } = Repository.Program("training/host", "MnistAdder.TrainingHost.dll");

    public static string ScoringHost { get; } = Repository.Program("serving/host", "mnist-adder.dll");
}
