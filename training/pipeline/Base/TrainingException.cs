namespace MnistAdder.Training.Base;

/// <summary>Training can't go on, and the message tells the person who started it why and what to do.</summary>
public class TrainingException : Exception
{
    /// <inheritdoc cref="TrainingException"/>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="TrainingException"/>
    public TrainingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
