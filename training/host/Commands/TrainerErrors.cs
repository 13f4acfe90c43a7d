using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Base;
using MnistAdder.Training.Devices;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>What the trainer's errors say to the person at the keyboard.</summary>
internal static class TrainerErrors
{
    /// <summary>One line; null where the error is this program's own mistake.</summary>
    public static string? Message(Exception error) => error switch
    {
        TrainingException => error.Message,
        _ when LibtorchFailure.IsOutOfMemory(error) => $"libtorch ran out of memory: {LibtorchFailure.FirstLine(error)}. Fewer images (--limit) or another --device may help.",
        _ when LibtorchFailure.IsOne(error) => $"libtorch failed: {LibtorchFailure.FirstLine(error)} (--verbose shows where).",
        // TorchSharp's own words are of packages that a program may lack, whatever the loader's reason was.
        TypeInitializationException { InnerException: NotSupportedException, TypeName: "TorchSharp.torch" } =>
            "libtorch can't be loaded: there is too little memory (ulimit -v), or one of its files is missing or damaged (--verbose shows which).",
        OnnxRuntimeException => $"ONNX Runtime failed: {error.Message.ReplaceLineEndings(" ").Trim()} (--verbose shows where).",
        InvalidOperationException { InnerException: OnnxRuntimeException } => error.Message,
        _ => null,
    };
}
