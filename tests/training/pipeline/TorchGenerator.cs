namespace MnistAdder.Training.Tests;

/// <summary>The tests that draw from torch's generator, of which a process has one: they run one after the other.</summary>
internal static class TorchGenerator
{
    public const string Tests = "torch's generator";
}
