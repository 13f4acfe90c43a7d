using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>What is run in place of .NET's methods that would run code on several threads: one thing after the other, an order that they may have had.</summary>
/// <remarks>Each method here stands for that of the same signature.</remarks>
[SuppressMessage("Performance", "CA1859:Use concrete types when possible for improved performance", Justification = "The signatures are those of others.")]
internal static class InSequence
{
    private static readonly FrozenDictionary<string, MethodInfo> s_methods =
        typeof(InSequence).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).ToFrozenDictionary(method => method.ToString()!);

    /// <summary>What stands for a method; null where it is run as it is.</summary>
    public static MethodInfo? InPlaceOf(MethodInfo method)
    {
        if (method.DeclaringType != typeof(Parallel) && method.DeclaringType != typeof(Task) && method.DeclaringType != typeof(TaskFactory))
            return null;
        MethodInfo declared = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        MethodInfo? other = s_methods.GetValueOrDefault(declared.ToString()!);
        return other is { IsGenericMethod: true } ? other.MakeGenericMethod(method.GetGenericArguments()) : other;
    }

    private static ParallelLoopResult For(int fromInclusive, int toExclusive, Action<int> body)
    {
        for (int i = fromInclusive; i < toExclusive; i++)
            body(i);
        return default;
    }

    private static ParallelLoopResult ForEach<TSource>(IEnumerable<TSource> source, Action<TSource> body)
    {
        foreach (TSource item in source)
            body(item);
        return default;
    }

    private static void Invoke(Action[] actions)
    {
        foreach (Action action in actions)
            action();
    }

    private static Task Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    private static Task<TResult> Run<TResult>(Func<TResult> function)
    {
        try
        {
            return Task.FromResult(function());
        }
        catch (Exception exception)
        {
            return Task.FromException<TResult>(exception);
        }
    }

    private static Task Run(Func<Task> function) => Run<Task>(function).Unwrap();

    private static Task<TResult> Run<TResult>(Func<Task<TResult>> function) => Run<Task<TResult>>(function).Unwrap();

    private static Task StartNew(Action action) => Run(action);

    private static Task<TResult> StartNew<TResult>(Func<TResult> function) => Run(function);
}
