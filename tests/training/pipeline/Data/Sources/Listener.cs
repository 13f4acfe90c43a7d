using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

/// <summary>Hears progress at once; <see cref="Progress{T}"/> would hear it some time later on another thread.</summary>
internal sealed class Listener(Action<LoadProgress> hear) : IProgress<LoadProgress>
{
    public void Report(LoadProgress value) => hear(value);
}
